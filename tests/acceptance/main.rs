//! Acceptance tests: the real server, visited as people visit it. Each module is a story or a promise.

#[cfg(test)]
mod letter;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod visitor;
#[cfg(test)]
mod waiting;
