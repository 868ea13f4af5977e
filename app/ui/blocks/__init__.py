"""Private blocks: what buyers wait for, where the blocks are, and handing them over."""
