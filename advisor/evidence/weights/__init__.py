"""What the saved weights show: their sizes, spread, spectra, dead units and penalty."""
