"""The sparse matrices of scipy, which is loaded when the first is made, not at the start."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix, diags, vstack
else:

    def csc_matrix(*args: Any, **how: Any) -> Any:
        """Return `scipy.sparse.csc_matrix` of the same arguments."""
        from scipy import sparse

        return sparse.csc_matrix(*args, **how)

    def csr_matrix(*args: Any, **how: Any) -> Any:
        """Return `scipy.sparse.csr_matrix` of the same arguments."""
        from scipy import sparse

        return sparse.csr_matrix(*args, **how)

    def diags(*args: Any, **how: Any) -> Any:
        """Return `scipy.sparse.diags` of the same arguments."""
        from scipy import sparse

        return sparse.diags(*args, **how)

    def vstack(*args: Any, **how: Any) -> Any:
        """Return `scipy.sparse.vstack` of the same arguments."""
        from scipy import sparse

        return sparse.vstack(*args, **how)


__all__ = ["csc_matrix", "csr_matrix", "diags", "vstack"]
