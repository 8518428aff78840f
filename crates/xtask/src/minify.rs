//! Scripts and styles without what only readers of the source need, by esbuild: names of locals, comments, blanks.

use std::io::Write;
use std::process::Stdio;

use crate::process::in_root;
use crate::tools;

/// `text`, a script (`js`) or a style (`css`), minified. What a script imports and exports keeps its name.
///
/// # Errors
/// If esbuild cannot be had, or does not understand the text.
pub fn minify(text: &str, kind: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("esbuild: {error}");
    let esbuild = tools::node_packages()?.join(".bin/esbuild");
    let mut command = in_root(esbuild);
    command.args(["--minify", "--charset=utf8", "--log-level=error", &format!("--loader={kind}")]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(failed)?;
    }
    let answer = child.wait_with_output().map_err(failed)?;
    if !answer.status.success() {
        return Err("esbuild: a script or style could not be read (see above)".to_owned());
    }
    String::from_utf8(answer.stdout).map_err(|error| format!("esbuild: {error}"))
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn what_others_call_keeps_its_name() {
        let text = "// Why.\nexport function twice(number) {\n  return number * 2;\n}\n";
        assert_eq!(minify(text, "js").unwrap(), "export function twice(t){return t*2}\n");
        assert_eq!(
            minify("a :hover { margin: calc(1px + 2px) 0 }\n", "css").unwrap(),
            "a :hover{margin:3px 0}\n"
        );
        assert!(minify("export function (", "js").is_err());
    }
}
