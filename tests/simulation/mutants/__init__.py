"""Deliberate breaks of the service: proof that the simulation notices what it is there to notice.

Theory of operation. ``breaks.toml`` lists slips of a developer, each as a text that stands in a source file exactly
once, and what takes its place. Each break is made in a copy of the sources (``source_copy``), and the copy's own
simulation is run, seed after seed (``trial``), until it has a finding that the unbroken sources do not have with the
same seed. A break in code that the simulation does not run names the unit test that finds it; that test has to pass on
the unbroken copy and to fail on the broken one. A break that neither finds is a promise that nobody checks: the list
has to say why that is so (``results``), or the command fails.
"""
