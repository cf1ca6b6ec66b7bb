"""The log over the trail: its worker, its files, its anchors outside, and the check of it all."""
