//! What the operating system knows about this process, under the names that Prometheus' client libraries use.

use std::fmt::Write;
use std::fs;

/// The kernel's clock ticks per second as it shows them to programs; fixed on every Linux we run on.
const TICKS: f64 = 100.0;

/// Memory, files and time of this process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessStats {
    /// Memory in use that is in RAM, in bytes.
    pub resident_bytes: u64,
    /// Address space, in bytes.
    pub virtual_bytes: u64,
    /// Open file descriptors.
    pub open_fds: u64,
    /// Processor time used, user and system, in seconds.
    pub cpu_seconds: f64,
    /// When the process began, in seconds since 1970.
    pub start_seconds: f64,
}

/// Reads `/proc`; `None` where there is none.
pub fn stats() -> Option<ProcessStats> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let open_fds = fs::read_dir("/proc/self/fd").ok()?.count() as u64;
    parse(&stat, &status, &boot, open_fds)
}

fn parse(stat: &str, status: &str, boot: &str, open_fds: u64) -> Option<ProcessStats> {
    // The second field is the program's name in parentheses, and may hold blanks and parentheses itself.
    let after_name = stat.rsplit_once(')')?.1;
    // The first field after the name is number 3 in the kernel's documentation.
    let ticks = |field: usize| after_name.split_whitespace().nth(field - 3)?.parse::<f64>().ok();
    let kib = |name| Some(line(status, name)?.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10);
    let booted: f64 = line(boot, "btime ")?.trim().parse().ok()?;
    Some(ProcessStats {
        resident_bytes: kib("VmRSS:")?,
        virtual_bytes: kib("VmSize:")?,
        open_fds,
        cpu_seconds: (ticks(14)? + ticks(15)?) / TICKS,
        start_seconds: booted + ticks(22)? / TICKS,
    })
}

fn line<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name))
}

/// The metrics in Prometheus' text format; empty where there is no `/proc`.
pub fn render() -> String {
    let Some(stats) = stats() else { return String::new() };
    let ProcessStats { resident_bytes, virtual_bytes, open_fds, cpu_seconds, start_seconds } = stats;
    let mut text = String::new();
    for (name, kind, value) in [
        ("process_resident_memory_bytes", "gauge", resident_bytes as f64),
        ("process_virtual_memory_bytes", "gauge", virtual_bytes as f64),
        ("process_open_fds", "gauge", open_fds as f64),
        ("process_cpu_seconds_total", "counter", cpu_seconds),
        ("process_start_time_seconds", "gauge", start_seconds),
    ] {
        writeln!(text, "# TYPE {name} {kind}\n{name} {value}").expect("writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_kernels_text() {
        let stat = "7 (a b) c)) S 1 7 7 0 -1 4194304 9 8 7 6 150 50 0 0 20 0 4 0 1000 9999 88";
        let status = "Name:\ta\nVmSize:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        let stats = parse(stat, status, "cpu 1\nbtime 1700000000\n", 5).unwrap();
        assert_eq!((stats.resident_bytes, stats.virtual_bytes, stats.open_fds), (1 << 20, 2 << 20, 5));
        assert_eq!((stats.cpu_seconds, stats.start_seconds), (2.0, 1_700_000_010.0));
        assert_eq!(parse("", status, "", 0), None);
    }

    #[test]
    fn this_process_has_plausible_figures() {
        let stats = stats().unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(stats.resident_bytes > 100_000 && stats.virtual_bytes >= stats.resident_bytes);
        assert!(stats.open_fds >= 3);
        assert!((0.0..3600.0).contains(&(now - stats.start_seconds + 2.0)), "{stats:?} at {now}");
    }
}
