//! Where bundles run and what they may do, as people said it.
