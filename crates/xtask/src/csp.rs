//! The content security policy of the built page.
//!
//! Trunk writes one inline script that boots the module. The policy allows
//! exactly that script by its hash, so that no other inline script can run.

use sha2::{Digest, Sha256};

/// Where the policy goes: before anything that it governs.
const AFTER: &str = "<meta charset=\"utf-8\">";

/// Adds the policy to the page as Trunk wrote it.
///
/// # Errors
/// If the page has no `<meta charset="utf-8">`, or a policy already.
pub fn add_policy(html: &str) -> Result<String, String> {
    if html.contains("Content-Security-Policy") {
        return Err("dist/index.html has a policy already; it was not freshly built".to_owned());
    }
    let Some((head, rest)) = html.split_once(AFTER) else {
        return Err(format!("index.html has no {AFTER}, after which the policy goes"));
    };
    Ok(format!(
        "{head}{AFTER}\n  <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">{rest}",
        policy(html)
    ))
}

/// The policy as one line. Nothing leaves the page: no address but the site's
/// own may be asked. `wasm-unsafe-eval` is what compiling WebAssembly needs;
/// style attributes carry geometry, hence the one `unsafe-inline`.
fn policy(html: &str) -> String {
    let hashes: String =
        inline_scripts(html).iter().map(|script| format!(" 'sha256-{}'", sha256_base64(script))).collect();
    [
        "default-src 'self'",
        &format!("script-src 'self' 'wasm-unsafe-eval'{hashes}"),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    .join("; ")
}

/// The text of every script element that has no `src`.
fn inline_scripts(html: &str) -> Vec<&str> {
    html.split("<script")
        .skip(1)
        .filter_map(|element| {
            let (attributes, rest) = element.split_once('>')?;
            let (text, _) = rest.split_once("</script>")?;
            (!attributes.contains("src=")).then_some(text)
        })
        .collect()
}

fn sha256_base64(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

/// Bytes as text, as policies and checksums have them.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = LETTERS.get(word >> (18 - 6 * place) & 63).copied().unwrap_or(b'=');
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (text, want) in cases {
            assert_eq!(base64(text.as_bytes()), want);
        }
    }

    #[test]
    fn the_hash_is_that_of_the_csp_specification() {
        // https://www.w3.org/TR/CSP3/#strict-dynamic-usage and MDN show this one.
        assert_eq!(sha256_base64("doSomething();"), "RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc=");
    }

    #[test]
    fn only_inline_scripts_are_allowed_by_hash() {
        let html =
            "<meta charset=\"utf-8\"><script type=\"module\">a()</script><script src=\"x.js\"></script>";
        assert_eq!(inline_scripts(html), ["a()"]);
        let page = add_policy(html).unwrap();
        let (policy, rest) = page.split_once("<script").unwrap();
        assert!(
            policy.contains(&format!("'wasm-unsafe-eval' 'sha256-{}';", sha256_base64("a()"))),
            "{policy}"
        );
        assert!(rest.contains("a()"));
        assert!(!policy.contains("script-src 'self' 'unsafe"), "{policy}");
    }

    #[test]
    fn a_page_without_a_place_for_the_policy_or_with_one_is_refused() {
        assert!(add_policy("<html>").is_err());
        assert!(add_policy(&add_policy(AFTER).unwrap()).is_err());
    }
}
