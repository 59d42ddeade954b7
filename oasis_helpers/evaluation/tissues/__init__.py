"""Are these brains plausible? A tissue segmenter and what is measured with it (notebook 07).

`segmenter` names the tissue of every pixel, `measures` turns that into areas, ventricles and symmetry, and
`train_segmenter` made the segmenter that is included.
"""
