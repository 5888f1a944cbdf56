//! A worker that ends is started again, and what had been fitted in it is restored, not fitted again.
