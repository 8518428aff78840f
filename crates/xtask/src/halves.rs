//! The built module in two halves, the first one packed: the files that the page
//! asks for.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::minify::minify;
use crate::process::{in_root, root, run_quietly};
use crate::split::{Cold, Deferred, outline, split};
use crate::{Done, pack, short_names, tools};

/// How the module's name ends as Trunk writes it, and how the halves' do.
/// `web/src/rest.js` knows the last two.
const WHOLE: &str = "_bg.wasm";
const FIRST: &str = "_first.lzma";
const REST: &str = "_rest.wasm";

/// What Rust's modules use, and every browser of the last years has.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What was recorded of a module's first visit.
pub struct Lists {
    /// The functions that it does not run.
    pub deferred: PathBuf,
    /// What it does not run of the functions that it calls.
    pub cold: PathBuf,
}

/// Those of the page.
pub fn lists() -> Lists {
    Lists { deferred: root().join("web/deferred.txt"), cold: root().join("web/cold.txt") }
}

/// The files that a module has become, by name.
pub struct Cut {
    /// The first half, packed.
    pub first: String,
    /// The script that unpacks it.
    pub unpack: String,
}

/// Makes the module in `dist` and its script small, with its functions apart and
/// named: one that has a single caller may belong to the other half.
///
/// # Errors
/// If a tool cannot be had or fails, or one of the two is missing.
pub fn shrink_whole(dist: &Path) -> Done {
    shrink(&module(dist)?, &["-g", "--skip-pass=memory-packing", "--one-caller-inline-max-function-size=1"])?;
    short_names::shorten(dist)
}

/// Makes a module small, with more of wasm-opt's options.
///
/// # Errors
/// If wasm-opt cannot be had or fails.
pub fn shrink(file: &Path, more: &[&str]) -> Done {
    let wasm_opt = tools::node_packages()?.join(".bin/wasm-opt");
    // It warns of the linker's list of addresses, which only our own cut reads.
    run_quietly(
        in_root(wasm_opt)
            .args(["-Oz", "--low-memory-unused"])
            .args(FEATURES)
            .args(more)
            .arg(file)
            .arg("-o")
            .arg(file),
    )
}

/// Cuts the page's module in `dist`, and has the page load what it has become.
///
/// # Errors
/// If there is no module, it cannot be cut, or the page does not load it in
/// the way that Trunk writes.
pub fn cut(dist: &Path) -> Done {
    let whole = module(dist)?;
    let Cut { first, unpack } = cut_module(&whole, &lists())?;
    let page = dist.join("index.html");
    write(&page, load_packed(&read_text(&page)?, &file_name(&whole), &first, &unpack)?.as_bytes())
}

/// Cuts a module along a recorded visit and packs its first half. Both halves get
/// the name of what they hold, so that a cached half never meets another build's.
///
/// # Errors
/// If there is no such module, or it cannot be cut.
pub fn cut_module(whole: &Path, lists: &Lists) -> Result<Cut, String> {
    let dist = whole.parent().unwrap_or(whole);
    let deferred = Deferred::read(&read_text(&lists.deferred)?);
    let cold = Cold::read(&read_text(&lists.cold)?)?;
    let halves = split(&outline(&read(whole)?, &cold)?, &deferred)?;
    let old = file_name(whole);
    let name = old.split_once(['-', '_']).map_or(old.as_str(), |(name, _)| name);
    let name = format!("{name}-{}", hash(&[halves.first.as_slice(), &halves.rest].concat()));

    let rest = dist.join(format!("{name}{REST}"));
    write(&rest, &halves.rest)?;
    shrink(&rest, &[])?;
    write(whole, &halves.first)?;
    shrink(whole, &[])?;
    write(whole, &pack::by_slot(&read(whole)?)?)?;
    let first = format!("{name}{FIRST}");
    let packed = dist.join(&first);
    write(&packed, &pack::pack(&read(whole)?)?)?;
    let script = minify(pack::UNPACK, "js")?;
    let unpack = format!("unpack-{}.js", hash(script.as_bytes()));
    write(&dist.join(&unpack), script.as_bytes())?;
    pack::check(&dist.join(&unpack), &packed, whole)?;
    std::fs::remove_file(whole).map_err(|error| format!("{}: {error}", whole.display()))?;
    Ok(Cut { first, unpack })
}

/// The page as Trunk wrote it, with the packed module in place of the whole.
fn load_packed(html: &str, old: &str, new: &str, unpack: &str) -> Result<String, String> {
    let loads = format!("module_or_path: './{old}'");
    let imports = "import init,";
    if !html.contains(&loads) || !html.contains(imports) {
        return Err(format!("index.html does not load ./{old} in the way that Trunk writes"));
    }
    let html = html
        // The page says when; see index.html.
        .replace(&loads, &format!("module_or_path: painted.then(() => fetchPacked('./{new}'))"))
        .replacen(imports, &format!("import {{ fetchPacked }} from './{unpack}';\n{imports}"), 1)
        .replace(" type=\"application/wasm\"", "")
        .replace(old, new)
        .replace("<link rel=\"preload\" ", "<link rel=\"preload\" media=\"not all\" ");
    Ok(html.replace("</head>", &format!("<link rel=\"modulepreload\" href=\"./{unpack}\"></head>")))
}

/// Sixteen letters that change with the bytes: for names of files that caches may keep.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The one module in the built site.
///
/// # Errors
/// If there is none.
pub fn module(dist: &Path) -> Result<PathBuf, String> {
    let files = std::fs::read_dir(dist).map_err(|error| format!("{}: {error}", dist.display()))?;
    let mut modules = files.flatten().map(|file| file.path()).filter(|path| file_name(path).ends_with(WHOLE));
    modules.next().ok_or_else(|| format!("{} holds no module", dist.display()))
}

/// A file's name.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A file's bytes.
///
/// # Errors
/// If it cannot be read; names it.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A file's text.
///
/// # Errors
/// If it cannot be read; names it.
pub fn read_text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file.
///
/// # Errors
/// If it cannot be written; names it.
pub fn write(path: &Path, bytes: &[u8]) -> Done {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
