"""The IPFS side: Kubo's RPC, films into our node and out of another's, the node itself, finding Kubo.

``rpc`` asks the node, ``wire`` moves the bulk; ``ingest`` turns a film's parts into one root, ``fetch``
brings them from the seller; ``node`` keeps a Kubo running, ``binary`` finds one, or fetches or builds it.
"""
