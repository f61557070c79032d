//! Prints the contract for the page; `cargo xtask generate` keeps it in `ui/src/api/types.ts`.

fn main() {
    print!("{}", vakhta_app::contract::typescript());
}
