"""Questions before anything begins: a link from the browser, or films that a person wants to send.

Nothing is imported here: the list of films wants the choice of a folder alone, and soon.
"""
