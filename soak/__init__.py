"""The soak test: the complete system under faults and kills for hours, judged afterwards.

``plan`` chooses the events, ``disturber`` carries them out on the ``rig``; ``viewers``, ``users`` and ``witness`` write
the ``history``. ``checker`` judges history and evidence with the modules that find one kind of fault each. What judges
is pure. Uses ``tests.support`` and the package; not part of the wheel.
"""
