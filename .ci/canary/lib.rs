//! Nothing: the dependencies of this package are what is looked at.
