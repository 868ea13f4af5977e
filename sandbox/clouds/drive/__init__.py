"""A stand-in for Google Drive v3: files, folders, shared drives, all kinds of uploads, and Google's sign-in.

Everything answers on one origin. It is strict where the real one is, and in places where the real one is
lenient (unknown fields and parameters, overlapping pieces) so that a client's slips are seen. Not played:
conversion to Google Docs, permissions, revisions, comments, changes, labels.
"""
