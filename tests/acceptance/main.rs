//! The portal as people and attackers meet it: one module per subject.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod door;
