"""FLOE, the key schedule, public and private blocks: sealing and opening films. No network, no asyncio.

`layout` says where every byte lies, `keys` derives, `seal` and `private_block` write, `open` reads, `files`
does it all on plain files. The format is described in ``docs/block-format.md``, for other programs too.
"""
