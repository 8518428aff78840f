//! The entry of the page: reports panics in the console, then mounts the app.

fn main() {
    console_error_panic_hook::set_once();
    millrace_web::start();
}
