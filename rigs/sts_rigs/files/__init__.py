"""The files of a bench: rig files and calibration certificates, read with errors that name the place."""
