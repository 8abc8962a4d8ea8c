"""The side that feeds a player: music composed ahead, steered at bar lines, bent by what a musician plays."""
