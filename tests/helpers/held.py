"""Data as people hold them: the template brain under the true names, shapes, types and affines. Nobody's scans."""

import functools
import os

from oasis_helpers.data.orientation import template_slices, template_volume

import nibabel
import numpy as np
from PIL import Image
from scipy.ndimage import affine_transform, distance_transform_edt, gaussian_filter

LIA = np.array([[-1.0, 0, 0, 80], [0, 0, 1, -112], [0, -1, 0, 96], [0, 0, 0, 1]])  # of neurite-oasis
LAS = np.diag([-1.0, 1, 1, 1])  # of OASIS-1 discs converted to NIfTI
T88 = "PROCESSED/MPRAGE/T88_111"
DISC_SHAPE = (176, 208, 176)
MIDDLE = np.array([0.0, -18, 8])  # mm, of the template brain


@functools.cache
def brain(person, shape=DISC_SHAPE, skull=False):
    """A brain (X, Y, Z) float32 from 0 to 1, 1 mm, in the middle of its frame; each person's is of another size."""
    values, affine = template_volume()
    random = np.random.default_rng(person)
    size, shift = np.exp(random.normal(0, 0.03, 3)), random.normal(0, 1.5, 3)
    if skull:
        values, affine = _with_skull(), affine - np.array([[0, 0, 0, 20], [0, 0, 0, 20], [0, 0, 0, 50], [0, 0, 0, 0]])
    step = 1 / size
    offset = MIDDLE - affine[:3, 3] - step * (np.array(shape) / 2 + shift)
    return np.maximum(affine_transform(values, step, offset, shape, order=1), 0)


@functools.cache
def _with_skull():
    """The template in a head: a dark gap, a darker skull, a bright scalp, and a neck below."""
    values = np.pad(template_volume()[0], ((20, 20), (20, 20), (50, 20)))
    depth = distance_transform_edt(values <= 0)
    for low, high, grey in ((0, 4, 0.1), (4, 8, 0.15), (8, 14, 1.1)):
        values[(depth > low) & (depth <= high)] = grey
    x, y, z = (np.arange(n).reshape([-1 if a == axis else 1 for a in range(3)]) for axis, n in enumerate(values.shape))
    neck = ((x - values.shape[0] / 2) / 55) ** 2 + ((y - values.shape[1] / 2 - 5) / 60) ** 2 < 1
    values[neck & (z < 50) & (depth > 8)] = 0.6
    return values


def classes(values):
    """0 background, 1 CSF, 2 grey, 3 white matter, by grey value."""
    return np.where(values > 0.02, np.digitize(values, (0.4, 0.75)) + 1, 0).astype(np.uint8)


def whole(values):
    """Whole numbers as on the discs."""
    return np.rint(values * 3000).astype(np.int16)


def turned(values, affine):
    """A volume that runs right, front, top, as an array in the order of the affine's axes."""
    from nibabel.orientations import apply_orientation, axcodes2ornt, io_orientation, ornt_transform

    return apply_orientation(values, ornt_transform(axcodes2ornt("RAS"), io_orientation(affine)))


def nifti(values, file, affine, dtype, codes=True):
    """Write a NIfTI file; without ``codes`` it does not say which way it lies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image = nibabel.Nifti1Image(values.astype(dtype), affine)
    if not codes:
        image.header["sform_code"] = image.header["qform_code"] = 0
        image = nibabel.Nifti1Image(values.astype(dtype), None, image.header)
    nibabel.save(image, file)


def analyze(values, file):
    """Write an Analyze pair as on the discs: big-endian, a fourth axis of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image = nibabel.AnalyzeImage(values[..., None], None, nibabel.AnalyzeHeader(endianness=">"))
    image.set_data_dtype(values.dtype)
    nibabel.save(image, file.with_suffix(".img"))


# ---------------------------------------------------------------- the forms


def disc(top, person, visit=1, as_nifti=None, flat=False, values=None):
    """One scan of OASIS-1: on a disc, or converted in place or into a flat folder, along the axes of an affine."""
    scan = f"OAS1_{person:04d}_MR{visit}"
    values = whole(brain(person)) if values is None else values
    folder = top if flat else top / "disc1" / scan
    names = {
        (folder if flat else folder / T88) / f"{scan}_mpr_n4_anon_111_t88_masked_gfc": values,
        (folder if flat else folder / T88) / f"{scan}_mpr_n4_anon_111_t88_gfc": values // 2 + 50,
        (folder if flat else folder / "FSL_SEG") / f"{scan}_mpr_n4_anon_111_t88_masked_gfc_fseg": classes(
            values / 3000
        ),
    }
    for name, volume in names.items():
        if as_nifti is None:
            analyze(volume, name.with_name(name.name + ".hdr"))
        else:
            # A disc's array is in the order that Analyze calls LAS.
            lies = turned(volume[::-1], as_nifti)
            nifti(lies, name.with_name(name.name + ".nii"), as_nifti, volume.dtype)


def neurite(top, person, two=True, three=True):
    """One person of neurite-oasis: the volume and its coronal slice 109, greys 0 to 1, labels 0 to 4."""
    folder = top / "neurite-oasis.v1.0" / f"OASIS_OAS1_{person:04d}_MR1"
    whole_volume = turned(brain(person, (160, 224, 192)), LIA)
    parts = {"aligned": whole_volume} if three else {}
    parts |= {"slice": whole_volume[:, :, 109:110]} if two else {}
    for name, values in parts.items():
        labels = np.array([0, 4, 1, 3], np.uint8)[classes(values)]
        nifti(values, folder / f"{name}_norm.nii.gz", LIA, np.float32)
        nifti(labels, folder / f"{name}_seg4.nii.gz", LIA, np.uint8)


def bids(top, person, session="d0129", affine=None, codes=True):
    """One session of OASIS-3: a whole head as the scanner gives it, not in the middle, a little turned."""
    name = f"sub-OAS3{person:04d}_ses-{session}"
    head = brain(person, (176, 256, 256), True)
    affine = np.array([[0.0, 0, 1, -80], [1, 0, 0, -110], [0, -1, 0, 150], [0, 0, 0, 1]]) if affine is None else affine
    file = top / name.split("_")[0] / f"ses-{session}" / "anat" / f"{name}_run-01_T1w.nii.gz"
    nifti(turned(head, affine) * 800, file, affine, np.int16, codes)


def pictures(top, person, size=(248, 496), turns=0, slices=range(100, 140), run=1):
    """Axial slices as JPEGs with ids in their names, RGB though they are grey."""
    # The field of a raw scan: 160 mm from left to right, 256 mm from back to front.
    field = np.pad(brain(person)[8:168], ((0, 0), (24, 24), (0, 0)))
    for number in slices:
        image = Image.fromarray((field[:, :, 60 + number - slices[0]] * 255).clip(0, 255).astype(np.uint8))
        image = np.rot90(np.array(image.resize(size[::-1])), turns)
        file = top / "Data" / "Non Demented" / f"OAS1_{person:04d}_MR1_mpr-{run}_{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).convert("RGB").save(file, quality=90)


def png_set(root, train=4, validate=1, test=1, slices=32, change=None, cases=None):
    """The course's own folders with slices of the template; ``change`` may alter an image before it is saved."""
    cases = cases or {
        "train": range(1, 1 + train),
        "validate": range(402, 402 + validate),
        "test": range(441, 441 + test),
    }
    for split, numbers in cases.items():
        for case in numbers:
            for number in range(slices):
                values = (brain(case)[:, :, 65 + number] * 250).clip(0, 255).astype(np.uint8)
                image = Image.fromarray(np.pad(values, ((40, 40), (24, 24))))
                file = root / f"keras_png_slices_{split}" / f"case_{case:03d}_slice_{number}.nii.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                (change(image) if change else image).save(file, format="PNG")
    return root


def links(source, target):
    """The same files under another top, as links."""
    for file in source.rglob("*"):
        if file.is_file():
            new = target / file.relative_to(source)
            new.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, new)


# ---------------------------------------------------------------- which way slices lie


def shape_of(image):
    """An image without its broad shades, whatever its greys."""
    small = image.astype(float).reshape(64, 4, 64, 4).mean(axis=(1, 3))
    return small - gaussian_filter(small, 8)


def way_up(images, reference):
    """How many right angles a stack is turned against a reference, and whether it is mirrored front to back."""
    mean, template = shape_of(images.mean(axis=0)), shape_of(reference.mean(axis=0))
    ways = {
        (turns, flip): np.rot90(template[:, ::-1] if flip else template, turns) for turns in range(4) for flip in (0, 1)
    }
    return max(ways, key=lambda way: np.corrcoef(ways[way].ravel(), mean.ravel())[0, 1])


def is_upright(images):
    """Whether foreheads are where the template has its own. Left and right of a symmetric template look alike."""
    return way_up(images, template_slices()) in ((0, 0), (2, 1))  # the second is a mirror image, left to right
