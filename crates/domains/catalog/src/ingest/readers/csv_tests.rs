use super::*;

const LIMITS: Limits = Limits { cell: 1000, row: 8000 };

fn read_in_pieces(file: &[u8], piece: usize) -> Result<Vec<Row>, Unreadable> {
    let mut csv = Csv::new(b',', "id", LIMITS);
    let mut pieces = file.chunks(piece);
    let mut rows = Vec::new();
    loop {
        match csv.next()? {
            Next::Row(row) => rows.push(row),
            Next::End => return Ok(rows),
            Next::Hungry => match pieces.next() {
                Some(bytes) => csv.buffer().feed(bytes),
                None => csv.buffer().finish(),
            },
        }
    }
}

/// The rows, which must not depend on how the bytes arrive.
fn read(file: impl AsRef<[u8]>) -> Vec<Row> {
    let whole = read_in_pieces(file.as_ref(), usize::MAX).unwrap();
    for piece in [1, 2, 7, 64] {
        assert_eq!(read_in_pieces(file.as_ref(), piece).unwrap(), whole, "in pieces of {piece}");
    }
    whole
}

/// Each row as `line:id` or `line:code`.
fn short(file: impl AsRef<[u8]>) -> Vec<String> {
    let say = |row: Row| match row.content {
        Ok(item) => format!("{}:{}", row.line, item.get("id").and_then(Json::as_str).unwrap_or("")),
        Err(bad) => format!("{}:{}", row.line, bad.refusal.code),
    };
    read(file).into_iter().map(say).collect()
}

#[test]
fn columns_by_name_bom_crlf_and_lines_in_cells() {
    let rows =
        read("\u{feff}name,id,lyrics\r\n\"Luna, nueva\",1,\"uno\ndos \"\"tres\"\"\"\r\n\r\nSol,2,\r\n");
    let first = rows[0].content.as_ref().unwrap();
    assert_eq!(first["name"], "Luna, nueva");
    assert_eq!(first["lyrics"], "uno\ndos \"tres\"");
    assert_eq!((rows[0].line, rows[1].line), (2, 5));
    assert_eq!(rows[1].content.as_ref().unwrap().get("lyrics"), None);
    assert_eq!(rows.len(), 2);
}

#[test]
fn an_unclosed_quote_costs_its_own_row_only() {
    assert_eq!(
        short("id,a,b\n1,\"open,x\n2,y,z\n3,\"q\",r\n4,s,t\n"),
        ["2:broken_quotes", "3:2", "4:3", "5:4"]
    );
    // Followed by cells over several lines.
    assert_eq!(short("id,a,b\n1,x,\"open\n2,y,\"u\nv\"\n3,\"q\nw\",r\n"), ["2:broken_quotes", "3:2", "5:3"]);
    // No other quote in the file.
    assert_eq!(short("id,a,b\n1,\"open,x\n2,y,z\n3,q,r\n"), ["2:broken_quotes", "3:2", "4:3"]);
    // In the last row.
    assert_eq!(short("id,a,b\n1,p,x\n2,\"open,z"), ["2:1", "3:broken_quotes"]);
    // Two in a row.
    assert_eq!(short("id,a,b\n1,\"o,x\n2,\"o,x\n3,\"q\",r\n"), ["2:broken_quotes", "3:broken_quotes", "4:3"]);
}

#[test]
fn quotes_that_are_not_doubled() {
    assert_eq!(short("id,a,b\n1,\"the \"best\" song\",x\n2,y,z\n"), ["2:broken_quotes", "3:2"]);
    // The row's other lines are not rows of their own.
    assert_eq!(short("id,a,b\n1,\"the \"best\"\",\"u\nv\nw\"\n2,y,z\n"), ["2:broken_quotes", "5:2"]);
    assert_eq!(short("id,a,b\n1,x,\"u\nv \"said\" v\nw\"\n2,y,z\n"), ["2:broken_quotes", "5:2"]);
    // A quote within a plain cell is a character.
    assert_eq!(short("id,a,b\n1,12\" vinyl,x\n"), ["2:1"]);
}

#[test]
fn rows_refused_for_what_they_hold() {
    let mut file = b"id,a,b\n1,x\n2,x,y,z\n3,a\0b,c\n4,caf\xe9,x\n5,".to_vec();
    file.extend(vec![b'x'; 1000]);
    file.extend(b",y\n6,");
    file.extend(vec![b'x'; 999]);
    file.extend(b",y\n7,\"");
    file.extend(b"line\n".repeat(300));
    file.extend(b"\",y\n8,p,q\n");
    let expected = [
        "2:wrong_columns",
        "3:wrong_columns",
        "4:nul_byte",
        "5:wrong_encoding",
        "6:cell_too_large",
        "7:6",
        "8:cell_too_large",
        "309:8",
    ];
    assert_eq!(short(file), expected);
}

#[test]
fn rows_beyond_every_limit() {
    let mut file = b"id,a,b\n1,".to_vec();
    file.extend(vec![b'x'; 20_000]);
    file.extend(b",y\n2,\"");
    file.extend(vec![b'x'; 20_000]);
    file.extend(b"\",y\n3,\"");
    file.extend(b"line\n".repeat(4000));
    file.extend(b"\",y\n4,p,q\n");
    assert_eq!(short(&file), ["2:row_too_large", "3:row_too_large", "4:broken_quotes", "4005:4"]);
}

#[test]
fn headers_that_make_a_file_unreadable() {
    for (file, part) in [
        (&b"name,a\n1,2\n"[..], "no column \"id\""),
        (b"id,a,a\n", "twice"),
        (b"id,\"a\n", "quotes"),
        (b"\xff\xfei\0d\0", "UTF-16"),
        (b"id,\xe9\n", "UTF-8"),
    ] {
        let error = read_in_pieces(file, 3).unwrap_err();
        assert!(error.0.contains(part), "{error}");
    }
    assert_eq!(read(""), []);
    assert_eq!(read("id,a\n"), []);
}

proptest::proptest! {
    #[test]
    fn what_a_writer_wrote_is_read(
        rows in proptest::collection::vec(proptest::collection::vec("[a-z ,\"\n\r'é😀]{0,12}", 3), 0..12),
        piece in 1_usize..40,
        always in proptest::bool::ANY,
    ) {
        let style = if always { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary };
        let mut writer = ::csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(["id", "a", "b"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let file = writer.into_inner().unwrap();
        let read: Vec<Vec<String>> = read_in_pieces(&file, piece)
            .unwrap()
            .into_iter()
            .map(|row| {
                let item = row.content.unwrap();
                ["id", "a", "b"].map(|name| item.get(name).and_then(Json::as_str).unwrap_or("").to_owned()).to_vec()
            })
            .collect();
        proptest::prop_assert_eq!(read, rows);
    }

    #[test]
    fn no_bytes_stop_the_reader(file in proptest::collection::vec(proptest::sample::select(b"id,a\n\r\"x\0\xff".to_vec()), 0..300), piece in 1_usize..40) {
        let mut whole = b"id,a\n".to_vec();
        whole.extend(&file);
        let rows = read_in_pieces(&whole, piece).unwrap();
        proptest::prop_assert_eq!(&rows, &read_in_pieces(&whole, usize::MAX).unwrap());
        // A good row after anything is still read.
        whole.extend(b"\nlast,row\n");
        let rows = read_in_pieces(&whole, piece).unwrap();
        let last = rows.last().unwrap().content.as_ref();
        proptest::prop_assert!(last.is_ok_and(|item| item["id"] == "last"), "{:?}", rows);
    }
}
