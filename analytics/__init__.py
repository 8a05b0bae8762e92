"""Pure analyses: table expressions and small frames in, frames and small records out."""
