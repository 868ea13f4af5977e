"""Stand-ins for clouds and galleries: strict, stateful, with faults by call."""
