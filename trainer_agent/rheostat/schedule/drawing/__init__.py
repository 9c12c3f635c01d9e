"""Plans as pictures: stand-alone SVG, Plotly figures, axes, and sketches of what is not bound yet."""
