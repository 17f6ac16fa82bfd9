/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "board/source.h"

#define DECLARE(name) extern const struct vscmi_source_kind vscmi_source_##name;
VSCMI_SOURCES(DECLARE)

#define POINT(name) &vscmi_source_##name,
static const struct vscmi_source_kind *const kinds[] = { VSCMI_SOURCES(POINT) };

#define QUOTE(name) " " #name
static const char expected[] =
	"a number, or a mapping with one of these keys:" VSCMI_SOURCES(QUOTE);

static const struct vscmi_source_kind *find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(name, kinds[i]->name))
			return kinds[i];
	}
	return NULL;
}

static void read_parameters(struct vscmi_reader *reader,
			    const struct vscmi_source_kind *kind, yaml_node_t *node,
			    struct vscmi_source *source)
{
	void *parameters = vscmi_reader_take(reader, 1, kind->parameter_bytes);

	if (!parameters)
		return;
	kind->read(reader, node, parameters);
	*source = (struct vscmi_source){ .kind = kind, .parameters = parameters };
}

void vscmi_read_source(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	yaml_node_t *name, *parameters;
	const struct vscmi_source_kind *kind;

	if (node->type == YAML_SCALAR_NODE) {
		read_parameters(reader, &vscmi_source_constant, node, member);
		return;
	}
	name = vscmi_single_key(reader, node, &parameters);
	if (!name) {
		vscmi_reader_refuse(reader, node, "expected %s", expected);
		return;
	}
	kind = find((const char *)name->data.scalar.value);
	if (kind)
		read_parameters(reader, kind, parameters, member);
	else
		vscmi_reader_refuse(reader, name, "'%.40s', expected %s",
				    (const char *)name->data.scalar.value, expected);
}
