"""The command line: text and JSON printers over the same jobs that the window uses."""
