"""The stand-in for the studio's task server: its API letter for letter, as strict as a Django REST server.

Nothing here is shipped. `python -m sandbox.task_server` starts it, `sandbox.task_server.testing` starts it
inside a test, docs/sandbox.md tells what it does and how faults are made.
"""
