"""Every conformance class that /conformance claims, test by test as the abstract test suites number them.

Each test's docstring begins with the id of the abstract test that it follows; `CLASSES` are the classes of a file.
"""
