/// A glob over a path relative to the source: `*` and `?` stay within a folder, `**` crosses folders, `[a-z]` and
/// `{csv,jsonl}` choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// One per choice of the braces.
    alternatives: Vec<Vec<char>>,
}

/// Choices that one pattern may stand for.
const MOST_ALTERNATIVES: usize = 256;

impl Pattern {
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let expanded = expand(text)?;
        let alternatives = expanded.iter().map(|text| text.chars().collect()).collect();
        Ok(Self { alternatives })
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        self.alternatives.iter().any(|pattern| matches(pattern, &path))
    }
}

fn expand(text: &str) -> Result<Vec<String>, String> {
    let Some(open) = text.find('{') else { return Ok(vec![text.to_owned()]) };
    let close = text[open..].find('}').map(|at| open + at).ok_or("a brace is not closed")?;
    let (before, after) = (&text[..open], &text[close + 1..]);
    let mut all = Vec::new();
    for choice in text[open + 1..close].split(',') {
        all.extend(expand(&format!("{before}{choice}{after}"))?);
        if all.len() > MOST_ALTERNATIVES {
            return Err(format!("more than {MOST_ALTERNATIVES} choices"));
        }
    }
    Ok(all)
}

/// Positions in the pattern that are reachable, path character by path character: no backtracking, so that no pattern
/// takes more than pattern times path steps.
fn matches(pattern: &[char], path: &[char]) -> bool {
    let mut reached = vec![false; pattern.len() + 1];
    reached[0] = true;
    skip_stars(pattern, &mut reached);
    for &c in path {
        let mut next = vec![false; pattern.len() + 1];
        for at in (0..pattern.len()).filter(|&at| reached[at]) {
            match pattern[at] {
                '*' => {
                    let deep = pattern.get(at + 1) == Some(&'*') || at > 0 && pattern[at - 1] == '*';
                    if deep || c != '/' {
                        next[at] = true;
                    }
                }
                '?' if c != '/' => next[at + 1] = true,
                '[' => {
                    if let Some((length, inside)) = class(&pattern[at..], c) {
                        next[at + length] |= inside;
                    } else if c == '[' {
                        next[at + 1] = true;
                    }
                }
                literal if literal == c => next[at + 1] = true,
                _ => {}
            }
        }
        skip_stars(pattern, &mut next);
        reached = next;
    }
    reached[pattern.len()]
}

/// A star may stand for nothing; `**/` for no folder at all.
fn skip_stars(pattern: &[char], reached: &mut [bool]) {
    for at in 0..pattern.len() {
        if reached[at] && pattern[at] == '*' {
            reached[at + 1] = true;
            let deep = at > 0 && pattern[at - 1] == '*';
            let whole = deep && (at == 1 || pattern[at - 2] == '/');
            if whole && pattern.get(at + 1) == Some(&'/') {
                reached[at + 2] = true;
            }
        }
    }
}

/// The length of the class at the start of `pattern` and whether it holds `c`; `None` when it is not closed.
fn class(pattern: &[char], c: char) -> Option<(usize, bool)> {
    let close = pattern.iter().skip(2).position(|&p| p == ']')? + 2;
    let mut members = &pattern[1..close];
    let negated = matches!(members.first(), Some('!' | '^'));
    if negated {
        members = &members[1..];
    }
    let mut inside = false;
    let mut at = 0;
    while at < members.len() {
        if at + 2 < members.len() && members[at + 1] == '-' {
            inside |= (members[at]..=members[at + 2]).contains(&c);
            at += 3;
        } else {
            inside |= members[at] == c;
            at += 1;
        }
    }
    Some((close + 1, inside != negated && c != '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(path)
    }

    #[test]
    fn within_and_across_folders() {
        assert!(check("*.csv", "a.csv"));
        assert!(!check("*.csv", "b/a.csv"));
        assert!(check("**/*.csv", "a.csv"));
        assert!(check("**/*.csv", "b/c/a.csv"));
        assert!(check("**", "b/c/a.csv"));
        assert!(check("spotify/**/part-*.csv", "spotify/part-1.csv"));
        assert!(check("spotify/**/part-*.csv", "spotify/2024/02/part-1.csv"));
        assert!(!check("spotify/**/part-*.csv", "other/part-1.csv"));
        assert!(!check("a**/b", "a"));
    }

    #[test]
    fn choices_and_classes() {
        assert!(check("*.{csv,jsonl}", "x.jsonl"));
        assert!(!check("*.{csv,jsonl}", "x.parquet"));
        assert!(check("part-[0-9]?.csv", "part-12.csv"));
        assert!(!check("part-[!0-9].csv", "part-1.csv"));
        assert!(check("[", "["));
        assert!(Pattern::new("{a").is_err());
    }

    #[test]
    fn no_pattern_explodes() {
        let path = "a".repeat(2000);
        assert!(!check(&format!("{}b", "*a".repeat(200)), &path));
    }
}
