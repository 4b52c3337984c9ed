"""``python -m photonic.cli`` is ``photonic``: how one of our processes starts another, whatever the PATH says."""

from photonic.cli import main

main()
