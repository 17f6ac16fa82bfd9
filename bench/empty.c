/* SPDX-License-Identifier: BSD-3-Clause */
/* A program that does nothing: what starting any program takes. */
int main(void)
{
	return 0;
}
