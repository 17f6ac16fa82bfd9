/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends one pass over the rows: the next gives the field words another meaning. */
#undef U8
#undef U32
#undef I32
#undef U64
#undef I64
#undef NAME
#undef LONG_NAME
#undef WORD
#undef BIT
#undef BITS
#undef SIGNED_BITS
#undef IF
#undef NOTHING
