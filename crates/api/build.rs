//! Puts the web page that `web/` built into the crate, or notes that there is none.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let web = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../../web");
    let dist = web.join("dist");
    let built = dist.join("index.html").is_file();
    // A missing path would make cargo build anew each time; without a page its sources are watched for one.
    println!("cargo::rerun-if-changed={}", if built { &dist } else { &web }.display());
    let mut files = Vec::new();
    if built {
        collect(&dist, &mut files)?;
        files.sort();
    }
    let out = PathBuf::from(variable("OUT_DIR")?);
    let copies = out.join("web");
    fs::create_dir_all(&copies)?;
    let mut code = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        let name = file.strip_prefix(&dist).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        // copied, because the page may be built anew while the crate is being compiled
        let copy = copies.join(number.to_string());
        fs::copy(file, &copy)?;
        let _ = writeln!(code, "    ({name:?}, include_bytes!({:?})),", copy.to_string_lossy());
    }
    code.push(']');
    fs::write(out.join("web.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
