//! What the linker tells the build about data: `cargo xtask build` cuts the
//! module in two, and each datum must go with the code that names it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        // Every constant, table and static is a segment of its own,
        println!("cargo:rustc-link-arg-bins=--no-merge-data-segments");
        // and a list says which of them each address in the code means.
        println!("cargo:rustc-link-arg-bins=--emit-relocs");
    }
}
