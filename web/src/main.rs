//! The entry of the page.

fn main() {
    millrace_web::start();
}
