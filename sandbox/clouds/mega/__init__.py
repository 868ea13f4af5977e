"""Stand-in for MEGA's native, encrypted API: commands, push, storage; strict and with a memory.

    python -m sandbox.clouds.mega --port 0

Its cryptography (`crypto.py`) is its own and shares nothing with the product's.
"""
