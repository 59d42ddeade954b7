"""What the segmenter learns from: images and labels that are changed together, as other images of a head may be."""

from oasis_helpers.evaluation.tissues.train_segmenter import augment_pairs

import numpy as np

LABEL = np.zeros((64, 64), "uint8")
LABEL[20:30, 15:30], LABEL[20:30, 30:45], LABEL[30:44, 15:30] = 1, 2, 3  # no two sides of it are alike
IMAGE = (0.4 * LABEL[..., None] - 1).astype("float32")  # so dark that no brighter one is cut off
COUNT = 60


def changed():
    """Sixty pairs made of one."""
    pairs = np.repeat(IMAGE[None], COUNT, axis=0), np.repeat(LABEL[None], COUNT, axis=0)
    return augment_pairs(*pairs, np.random.default_rng(0))


def test_labels_are_mirrored_left_to_right_and_moved_by_up_to_four_pixels_and_else_the_same():
    ways = {
        (way, down, along): np.roll(side, (down, along), (0, 1))
        for way, side in (("as it is", LABEL), ("mirrored", LABEL[::-1]))
        for down in range(-4, 5)
        for along in range(-4, 5)
    }
    found = []
    for label in changed()[1]:
        found += [way for way, there in ways.items() if np.array_equal(label, there)]
    assert len(found) == COUNT and COUNT / 4 <= sum(way == "mirrored" for way, *_ in found) <= 3 * COUNT / 4
    assert {down for _, down, _ in found} == {along for *_, along in found} == set(range(-4, 5))


def test_an_image_goes_the_way_of_its_label():
    for image, label in zip(*changed(), strict=True):
        levels = [image[..., 0][label == k].mean() for k in range(4)]
        assert (np.diff(levels) > 0.05).all()  # each class is still brighter than the one before
        assert ((image[..., 0] > -0.9) == (label > 0)).mean() > 0.93
        assert image.min() >= -1 and image.max() <= 1


def test_contrast_brightness_blur_and_grain_change_images_alone_and_not_what_was_given():
    images, labels = changed()
    inside = np.array([image[..., 0][label == 3] for image, label in zip(images, labels, strict=True)])
    assert inside.mean(axis=1).std() > 0.05 and inside.std(axis=1).max() > 0.02 > inside.std(axis=1).min()
    assert set(np.unique(labels)) == {0, 1, 2, 3} and LABEL[20, 15] == 1 and IMAGE.max() == np.float32(0.4 * 3 - 1)
