"""Photonic: live view that never freezes and captures that are never lost, for tethered cameras."""
