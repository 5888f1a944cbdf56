//! What both renderers draw with: escaped markup, measured text, scales, ticks, and the picture in words. It has no layout
//! and no colours of its own.

pub(super) mod describe;
pub(super) mod panel;
pub(super) mod picture;
pub(super) mod scale;
pub(super) mod svg;
pub(super) mod text;
pub(super) mod ticks;
