"""The table of Azure's images: which versions of the C and C++ libraries they have, which others.

Sources: the Dockerfiles of azure-functions-docker (`host/4/bullseye/amd64/python/python311`,
`host/4/bookworm/python/python312` and `python313`): what they install with apt, and what Debian's
packages of these names contain or strictly depend on; measured on Debian 12's packages. What a
suggestion or a recommendation brings is not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Version = tuple[int, ...]
# The words of symbol versions that are compared, and the library that a version belongs to.
ABI_VERSIONS = {"GLIBC": "glibc", "GLIBCXX": "libstdc++", "CXXABI": "libstdc++"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One of Azure's images, as far as native files meet it.

    `versions` are the newest that can be asked for; `libraries` are there on every plan;
    `in_containers` are there in the published container image, and reports say that an app of a
    plan without a container did not find them.
    """

    name: str
    versions: Mapping[str, Version]
    libraries: frozenset[str]
    in_containers: frozenset[str]

    def has(self, library: str) -> bool:
        """Say whether the loader finds a library there."""
        # Oryx builds Python with a shared library; its minor is checked by the module's own tag.
        return library in self.libraries or library.startswith("libpython3.")


_GLIBC = """
    ld-linux-x86-64.so.2 libBrokenLocale.so.1 libanl.so.1 libc.so.6 libc_malloc_debug.so.0
    libdl.so.2 libm.so.6 libmvec.so.1 libnsl.so.1 libnss_compat.so.2 libnss_dns.so.2
    libnss_files.so.2 libpthread.so.0 libresolv.so.2 librt.so.1 libthread_db.so.1 libutil.so.1
    linux-vdso.so.1
"""
# libgcc1, libstdc++6, libgomp1 (some name the file, not the library).
_GCC = "libgcc_s.so.1 libstdc++.so.6 libgomp.so.1 libgomp.so.1.0.0"
# Essential packages, and what gnupg, wget and curl cannot be without.
_BASE = """
    libacl.so.1 libattr.so.1 libaudit.so.1 libblkid.so.1 libbz2.so.1.0 libcap-ng.so.0 libcap.so.2
    libcom_err.so.2 libcrypt.so.1 libcurl.so.4 libdb-5.3.so libgcrypt.so.20 libgmp.so.10
    libgnutls.so.30 libgpg-error.so.0 libidn2.so.0 libkeyutils.so.1 liblz4.so.1 liblzma.so.5
    libmount.so.1 libncursesw.so.6 libnghttp2.so.14 libp11-kit.so.0 libpam.so.0 libpsl.so.5
    libreadline.so.8 librtmp.so.1 libsasl2.so.2 libselinux.so.1 libsmartcols.so.1 libsqlite3.so.0
    libssh2.so.1 libsystemd.so.0 libtasn1.so.6 libtinfo.so.6 libudev.so.1 libuuid.so.1 libz.so.1
    libzstd.so.1 libexpat.so.1
"""
# libgssapi-krb5-2, unixodbc, libglib2.0-0, liblttng-ust.
_NAMED = """
    libgssapi_krb5.so.2 libk5crypto.so.3 libkrb5.so.3 libkrb5support.so.0
    libodbc.so.2 libodbcinst.so.2 libltdl.so.7
    libgio-2.0.so.0 libglib-2.0.so.0 libgmodule-2.0.so.0 libgobject-2.0.so.0 libgthread-2.0.so.0
"""
# libsm6 libxext6 libxrender-dev xvfb, for OpenCV.
_X = """
    libGL.so.1 libGLX.so.0 libGLdispatch.so.0 libICE.so.6 libSM.so.6 libX11.so.6 libXau.so.6
    libXdmcp.so.6 libXext.so.6 libXfont2.so.2 libXrender.so.1 libfontenc.so.1 libfreetype.so.6
    libpixman-1.so.0 libunwind.so.8 libxcb.so.1
"""
_ALL = f"{_GLIBC} {_GCC} {_BASE} {_NAMED}"
_DEBIAN_11 = """
    libcrypto.so.1.1 libssl.so.1.1 libffi.so.7 libhogweed.so.6 libnettle.so.8 libldap_r-2.4.so.2
    liblber-2.4.so.2 libicudata.so.67 libicui18n.so.67 libicuio.so.67 libicuuc.so.67
    liblttng-ust.so.0 libpcre.so.3 libpcre2-8.so.0
"""
_DEBIAN_12 = """
    libcrypto.so.3 libssl.so.3 libffi.so.8 libhogweed.so.6 libnettle.so.8 libldap-2.5.so.0
    liblber-2.5.so.0 libicudata.so.72 libicui18n.so.72 libicuio.so.72 libicuuc.so.72
    liblttng-ust.so.1 libpcre2-8.so.0
"""

# GLIBCXX and CXXABI are those of libstdc++ of GCC 10.2 and 12.2.
_IMAGES = {
    "Debian 11": Image(
        name="Debian 11",
        versions={"GLIBC": (2, 31), "GLIBCXX": (3, 4, 28), "CXXABI": (1, 3, 12)},
        libraries=frozenset(f"{_ALL} {_DEBIAN_11}".split()),
        in_containers=frozenset(_X.split()),
    ),
    "Debian 12": Image(
        name="Debian 12",
        versions={"GLIBC": (2, 36), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13)},
        libraries=frozenset(f"{_ALL} {_DEBIAN_12}".split()),
        in_containers=frozenset(_X.split()),
    ),
}


def image_of(name: str) -> Image:
    """Return an image by the name that a runtime has for it."""
    return _IMAGES[name]
