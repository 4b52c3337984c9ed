"""``python -m photonic.cli`` runs ``photonic``. One of our processes starts another this way, independent of PATH."""

from photonic.cli import main

main()
