//! The program `ce`. Everything it does is in the library.

fn main() -> std::process::ExitCode {
    ce_host::worker_main();
    ce_host::cli::main()
}
