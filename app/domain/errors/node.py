"""The IPFS node."""

from __future__ import annotations

from app.domain.errors.root import EXIT_UNREACHABLE, ReelkeyError
from app.domain.words import N_


class NodeError(ReelkeyError):
    code = "node"
    retry = True


class NodeUnavailable(NodeError):
    code = "node_unavailable"
    exit_code = EXIT_UNREACHABLE
    title_key = N_("The node does not start")
    message_key = N_("{reason}")
    hint_key = N_("Restart the node; if it stays so, send us the diagnostics")


class NoKubo(NodeError):
    code = "no_kubo"
    exit_code = EXIT_UNREACHABLE
    retry = False
    title_key = N_("No IPFS node program was found")
    message_key = N_("Looked at: {places}")
    hint_key = N_("Install Kubo 0.35 or newer, or set REELKEY_KUBO to its path")


class KuboUntrusted(NodeError):
    code = "kubo_untrusted"
    exit_code = EXIT_UNREACHABLE
    retry = False
    title_key = N_("The node program failed its check")
    message_key = N_("{name} does not have the expected checksum and was not used")
    hint_key = N_("Fetch it again over another network, or install Kubo yourself")


class RepoNewer(NodeError):
    code = "repo_newer"
    exit_code = EXIT_UNREACHABLE
    retry = False
    title_key = N_("The node's data was made by a newer Kubo")
    message_key = N_("The data has version {repo}, this Kubo ({version}) knows {known}")
    hint_key = N_("Use the newer Kubo: set REELKEY_KUBO to its path")


class NodeNotOurs(NodeError):
    code = "node_not_ours"
    retry = False
    title_key = N_("This node is not Reelkey's to stop")
    message_key = N_("The node at {api} is the one that the setting node.api names; it runs on")
    hint_key = N_("Stop it where it was started")


class NodeFault(NodeError):
    """The node answered with an error, or broke off."""

    code = "node_fault"
    title_key = N_("The node could not do this")
    message_key = N_("{reason}")
    hint_key = N_("It is tried again; if it stays so, restart the node")


class NoProvider(NodeError):
    code = "no_provider"
    exit_code = EXIT_UNREACHABLE
    title_key = N_("The seller's computer is offline")
    message_key = N_("Nothing new for {seconds} s. Tried: {tried}")
    hint_key = N_("Ask the seller to open Reelkey; it goes on by itself")
