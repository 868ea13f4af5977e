"""What every destination must do, through the whole export engine: names, sizes, faults, kills, cancels.

A destination registers with one file ``test_contract_<name>.py``: `from tests.contract.clouds.contract import
*` and a fixture `ground`, its stand-in as `Ground` sees it. Nothing else is written for it here."""

from __future__ import annotations

from tests.contract.clouds.contract_accounts import (
    test_room_is_asked_while_an_export_runs,
    test_sign_in_that_ends_while_two_exports_run,
    test_signed_in_anew_while_an_export_runs,
)
from tests.contract.clouds.contract_content import (
    test_300_mb,
    test_memory,
    test_memory_with_the_widest_options,
    test_names_and_folders,
    test_same_name_twice,
    test_sent_again_is_skipped,
    test_sizes,
    test_top_folder,
)
from tests.contract.clouds.contract_ends import (
    test_after_a_kill_only_the_rest_is_sent,
    test_cancel_leaves_no_empty_folders,
    test_cancel_leaves_no_litter,
    test_cancel_leaves_the_folders_of_earlier_exports,
    test_cancel_leaves_the_folders_that_others_use,
    test_cancel_of_an_export_at_rest_leaves_no_litter,
    test_cancel_that_the_cloud_was_not_told_is_made_up_for,
    test_kill_at_each_step,
    test_kill_at_some_steps,
)
from tests.contract.clouds.contract_faults import (
    test_faults_at_each_request,
    test_folder_that_was_removed_is_made_anew,
    test_lying_hash,
    test_no_room,
    test_sign_in_that_ends,
    test_sign_in_that_ends_between_pieces,
    test_source_that_changes,
)
from tests.contract.clouds.ground import Found, Ground, cut_as, home

__all__ = [
    "Found",
    "Ground",
    "cut_as",
    "home",
    "test_300_mb",
    "test_after_a_kill_only_the_rest_is_sent",
    "test_cancel_leaves_no_empty_folders",
    "test_cancel_leaves_no_litter",
    "test_cancel_leaves_the_folders_of_earlier_exports",
    "test_cancel_leaves_the_folders_that_others_use",
    "test_cancel_of_an_export_at_rest_leaves_no_litter",
    "test_cancel_that_the_cloud_was_not_told_is_made_up_for",
    "test_faults_at_each_request",
    "test_folder_that_was_removed_is_made_anew",
    "test_kill_at_each_step",
    "test_kill_at_some_steps",
    "test_lying_hash",
    "test_memory",
    "test_memory_with_the_widest_options",
    "test_names_and_folders",
    "test_no_room",
    "test_room_is_asked_while_an_export_runs",
    "test_same_name_twice",
    "test_sent_again_is_skipped",
    "test_sign_in_that_ends",
    "test_sign_in_that_ends_between_pieces",
    "test_sign_in_that_ends_while_two_exports_run",
    "test_signed_in_anew_while_an_export_runs",
    "test_sizes",
    "test_source_that_changes",
    "test_top_folder",
]
