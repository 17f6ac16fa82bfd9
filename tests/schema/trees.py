# SPDX-License-Identifier: BSD-3-Clause
"""Device trees for both judges, `vscmi dtb check` and dt-schema with the kernel's binding."""

# What is around SCMI nodes: all that they refer to, and nothing that a judge would mention.
MACHINE = '''
/dts-v1/;

/ {
	#address-cells = <1>;
	#size-cells = <1>;
	compatible = "example,machine";
	model = "Machine";

	mhu: mailbox@1000 {
		compatible = "arm,mhu-doorbell", "arm,primecell";
		reg = <0x1000 0x1000>;
		interrupts = <1>, <2>;
		interrupt-parent = <&gic>;
		#mbox-cells = <2>;
	};

	gic: interrupt-controller@2000 {
		reg = <0x2000 0x1000>;
		interrupt-controller;
		#interrupt-cells = <1>;
	};

	sram@3000 {
		compatible = "mmio-sram";
		reg = <0x3000 0x1000>;
		#address-cells = <1>;
		#size-cells = <1>;
		ranges = <0 0x3000 0x1000>;

		tx: scp-sram-section@0 {
			compatible = "arm,scmi-shmem";
			reg = <0 0x80>;
		};

		rx: scp-sram-section@80 {
			compatible = "arm,scmi-shmem";
			reg = <0x80 0x80>;
		};
	};

	%s
};
'''

CELLS = '#address-cells = <1>; #size-cells = <0>;'
CLOCK = 'protocol@14 { reg = <0x14>; #clock-cells = <1>; };'
MBOXES = 'mboxes = <&mhu 0 0>, <&mhu 0 1>;'
SHMEM = 'shmem = <&tx>, <&rx>;'


def tree(node):
    """The source of a machine with this in its /firmware."""
    return MACHINE % ('firmware { %s };' % node)


def virtio(text):
    return 'scmi { compatible = "arm,scmi-virtio"; %s %s };' % (CELLS, text)


def mailbox(text):
    return 'scmi { compatible = "arm,scmi"; %s %s };' % (CELLS, text)


def smc(text):
    return 'scmi { compatible = "arm,scmi-smc"; %s %s };' % (CELLS, text)


# In none of these do the judges find anything: name, what is in /firmware.
SOUND = [
    ('virtio', virtio(CLOCK)),
    ('no protocols', virtio('')),
    ('a timeout', virtio('arm,max-rx-timeout-ms = <1>; atomic-threshold-us = <0>;' + CLOCK)),
    ('every protocol', virtio('''
        protocol@11 { reg = <0x11>; #power-domain-cells = <1>; };
        protocol@12 { reg = <0x12>; };
        protocol@13 { reg = <0x13>; #power-domain-cells = <1>; };
        protocol@14 { reg = <0x14>; #clock-cells = <1>; };
        protocol@15 { reg = <0x15>; #thermal-sensor-cells = <1>; };
        protocol@16 { reg = <0x16>; #reset-cells = <1>; };
        protocol@17 {
            reg = <0x17>;
            regulators {
                #address-cells = <1>;
                #size-cells = <0>;
                regulator@0 { reg = <0>; regulator-max-microvolt = <3300000>; };
            };
        };
        protocol@18 { reg = <0x18>; };
        protocol@19 { reg = <0x19>; keys-pins { pins = "p1"; bias-pull-up; }; };
        protocol@81 { reg = <0x81>; };
        protocol@84 { reg = <0x84>; nxp,ctrl-ids = <1 2>; };''')),
    ('performance for clocks', virtio('protocol@13 { reg = <0x13>; #clock-cells = <1>; };')),
    ('a disabled protocol', virtio('protocol@12 { reg = <0x12>; status = "disabled"; };')),
    ('a mailbox', mailbox('mboxes = <&mhu 0 0>; shmem = <&tx>;' + CLOCK)),
    ('two mailboxes', mailbox(MBOXES + SHMEM + 'mbox-names = "tx", "rx";' + CLOCK)),
    ('four mailboxes', mailbox('''
        mboxes = <&mhu 0 0>, <&mhu 0 1>, <&mhu 1 0>, <&mhu 1 1>;
        mbox-names = "tx", "tx_reply", "rx", "rx_reply";''' + SHMEM)),
    ('a mailbox of a protocol', mailbox(MBOXES + SHMEM + '''
        protocol@15 {
            reg = <0x15>; #thermal-sensor-cells = <1>;
            mboxes = <&mhu 1 0>, <&mhu 1 1>; mbox-names = "tx", "tx_reply"; shmem = <&rx>;
        };''')),
    ('smc', smc('arm,smc-id = <0xc3000001>; shmem = <&tx>;' + CLOCK)),
    ('smc with an interrupt', smc('''
        arm,smc-id = <0xc3000001>; shmem = <&tx>;
        interrupt-parent = <&gic>; interrupts = <7>; interrupt-names = "a2p";''' + CLOCK)),
    ('OP-TEE', '''scmi {
        compatible = "linaro,scmi-optee"; %s linaro,optee-channel-id = <0>;
        protocol@12 { reg = <0x12>; linaro,optee-channel-id = <1>; shmem = <&tx>; };
    };''' % CELLS),
]

# Reasons why dt-schema finds nothing.
PROSE = 'the binding says it in its descriptions only'
CUSTOM = 'dt-schema does not look at what a phandle refers to'
DEFAULT = 'dt-schema does not mind that #size-cells is 1 by default'
PLACE = 'dt-schema knows nodes by what they are compatible with'
NODE = '/firmware/scmi'

# What is wrong in one way: name, what is in /firmware, what vscmi finds, and why dt-schema finds
# nothing, or None where it refuses the tree too.
BROKEN = [
    # What a transport needs and does not have.
    ('mailbox without mboxes', mailbox(SHMEM), NODE, 'mboxes is missing, expected for arm,scmi', None),
    ('mailbox without shmem', mailbox(MBOXES), NODE, 'shmem is missing, expected for arm,scmi', None),
    ('mailbox with an interrupt',
     mailbox(MBOXES + SHMEM + 'interrupt-parent = <&gic>; interrupts = <7>;'),
     NODE, 'interrupts is nothing for arm,scmi', None),
    ('mailbox with an SMC id', mailbox(MBOXES + SHMEM + 'arm,smc-id = <1>;'),
     NODE, 'arm,smc-id is nothing for arm,scmi', PROSE),
    ('smc without its id', smc('shmem = <&tx>;'),
     NODE, 'arm,smc-id is missing, expected for arm,scmi-smc', None),
    ('smc without shmem', smc('arm,smc-id = <1>;'),
     NODE, 'shmem is missing, expected for arm,scmi-smc', None),
    ('smc with mailboxes', smc('arm,smc-id = <1>;' + MBOXES + SHMEM),
     NODE, 'mboxes is nothing for arm,scmi-smc', PROSE),
    ('OP-TEE without its channel', 'scmi { compatible = "linaro,scmi-optee"; %s };' % CELLS,
     NODE, 'linaro,optee-channel-id is missing, expected for linaro,scmi-optee', None),
    ('virtio with mailboxes', virtio(MBOXES), NODE, 'mboxes is nothing for arm,scmi-virtio', PROSE),
    ('virtio with shmem', virtio('shmem = <&tx>;'),
     NODE, 'shmem is nothing for arm,scmi-virtio', PROSE),
    ('virtio with an SMC id', virtio('arm,smc-id = <1>;'),
     NODE, 'arm,smc-id is nothing for arm,scmi-virtio', PROSE),
    ('virtio twice', virtio(CLOCK) + 'second { %s };' % virtio(CLOCK), '/firmware/second/scmi',
     'a second node that is compatible with arm,scmi-virtio, expected one', PROSE),

    # Channels of protocols.
    ('a channel of a protocol under virtio',
     virtio('protocol@12 { reg = <0x12>; shmem = <&tx>; };'),
     NODE + '/protocol@12', 'shmem is nothing for arm,scmi-virtio', PROSE),
    ('half a channel of a protocol',
     mailbox(MBOXES + SHMEM + 'protocol@12 { reg = <0x12>; mboxes = <&mhu 1 0>; };'),
     NODE + '/protocol@12', 'shmem is missing, expected for arm,scmi', PROSE),
    ('an SMC id of a protocol',
     smc('arm,smc-id = <1>; shmem = <&tx>; protocol@12 { reg = <0x12>; arm,smc-id = <2>; };'),
     NODE + '/protocol@12', 'arm,smc-id is no property that it can have', None),

    # Mailboxes and shared memory that do not go together.
    ('five mailboxes',
     mailbox('mboxes = <&mhu 0 0>, <&mhu 0 1>, <&mhu 0 2>, <&mhu 0 3>, <&mhu 0 4>;' + SHMEM),
     NODE, 'mboxes: entry 4 is <0x2 ...>, expected no more entries', None),
    ('three areas', mailbox(MBOXES + 'shmem = <&tx>, <&rx>, <&tx>;'),
     NODE, 'shmem has 12 bytes, expected one or two phandles', None),
    ('one mailbox for two areas', mailbox('mboxes = <&mhu 0 0>;' + SHMEM), NODE,
     'mboxes and shmem have 1 and 2 entries, expected 1 and 1, 2 and 1, 2 and 2, 3 and 2, or 4 '
     'and 2', PROSE),
    ('names of other mailboxes', mailbox(MBOXES + SHMEM + 'mbox-names = "rx", "tx";'),
     NODE, 'mbox-names is not what belongs to its mailboxes, expected "tx", "rx"', None),
    ('names that do not fit the areas',
     mailbox(MBOXES + SHMEM + 'mbox-names = "tx", "tx_reply";'),
     NODE, 'mbox-names is not what belongs to its mailboxes, expected "tx", "rx"', PROSE),
    ('shmem that is no shared memory', smc('arm,smc-id = <1>; shmem = <&mhu>;'), NODE,
     'shmem: no node that is compatible with arm,scmi-shmem has the phandle 0x2', CUSTOM),
    ('mailboxes that are none', mailbox('mboxes = <&tx>; shmem = <&tx>;'), NODE,
     'mboxes: entry 0 is <0x2 ...>, expected the phandle of a mailbox, with its cells', CUSTOM),

    # Values.
    ('a timeout of 0', virtio('arm,max-rx-timeout-ms = <0>;'),
     NODE, 'arm,max-rx-timeout-ms is <0x0>, expected at least <0x1>', None),
    ('two timeouts', virtio('arm,max-rx-timeout-ms = <1 2>;'),
     NODE, 'arm,max-rx-timeout-ms has 8 bytes, expected one cell', None),
    ('other address cells',
     'scmi { compatible = "arm,scmi-virtio"; #address-cells = <2>; #size-cells = <0>; };',
     NODE, '#address-cells is <0x2>, expected <0x1>', None),
    ('other size cells',
     'scmi { compatible = "arm,scmi-virtio"; #address-cells = <1>; #size-cells = <1>; };',
     NODE, '#size-cells is <0x1>, expected <0x0>', None),
    ('no address cells', 'scmi { compatible = "arm,scmi-virtio"; #size-cells = <0>; };',
     NODE, '#address-cells is missing, expected for an SCMI node', None),
    ('no size cells', 'scmi { compatible = "arm,scmi-virtio"; #address-cells = <1>; };',
     NODE, '#size-cells is missing, expected for an SCMI node', DEFAULT),
    ('a property that nobody knows', virtio('arm,max-rx-timeout = <1>;'),
     NODE, 'arm,max-rx-timeout is no property that it can have', None),
    ('two compatibles', 'scmi { compatible = "arm,scmi-virtio", "arm,scmi"; %s };' % CELLS,
     NODE, 'compatible is not one of SCMI\'s alone, expected such as "arm,scmi-virtio"', None),
    ('a compatible of nobody', 'scmi { compatible = "example,scmi"; %s };' % CELLS,
     NODE, 'compatible is not one of SCMI\'s alone, expected such as "arm,scmi-virtio"', PLACE),
    ('no compatible', 'scmi { %s };' % CELLS,
     NODE, 'compatible is missing, expected for an SCMI node', PLACE),
    ('another name', 'scmi@0 { compatible = "arm,scmi-virtio"; %s };' % CELLS,
     NODE + '@0', 'an SCMI node, expected the name scmi', None),

    # Protocols.
    ('no clock cells', virtio('protocol@14 { reg = <0x14>; };'),
     NODE + '/protocol@14', '#clock-cells is missing, expected for protocol 0x14', None),
    ('two clock cells', virtio('protocol@14 { reg = <0x14>; #clock-cells = <2>; };'),
     NODE + '/protocol@14', '#clock-cells is <0x2>, expected <0x1>', None),
    ('no sensor cells', virtio('protocol@15 { reg = <0x15>; #thermal-sensor-cells = <0>; };'),
     NODE + '/protocol@15', '#thermal-sensor-cells is <0x0>, expected <0x1>', None),
    ('no power domain cells', virtio('protocol@11 { reg = <0x11>; };'),
     NODE + '/protocol@11', '#power-domain-cells is missing, expected for protocol 0x11', None),
    ('no reset cells', virtio('protocol@16 { reg = <0x16>; };'),
     NODE + '/protocol@16', '#reset-cells is missing, expected for protocol 0x16', None),
    ('no performance cells', virtio('protocol@13 { reg = <0x13>; };'),
     NODE + '/protocol@13', '#power-domain-cells is missing, expected for protocol 0x13', None),
    ('both kinds of performance cells',
     virtio('protocol@13 { reg = <0x13>; #clock-cells = <1>; #power-domain-cells = <1>; };'),
     NODE + '/protocol@13',
     '#power-domain-cells and another property for the cells, expected one of them', None),
    ('cells of another protocol', virtio('protocol@12 { reg = <0x12>; #clock-cells = <1>; };'),
     NODE + '/protocol@12', '#clock-cells is no property that it can have', None),
    ('an unknown protocol', virtio('protocol@20 { reg = <0x20>; };'),
     NODE + '/protocol@20', 'protocol 0x20 is unknown, expected 0x11 to 0x19', None),
    ('the base protocol', virtio('protocol@10 { reg = <0x10>; };'),
     NODE + '/protocol@10', 'protocol 0x10 is unknown, expected 0x11 to 0x19', None),
    ('no reg', virtio('protocol@12 { };'),
     NODE + '/protocol@12', "reg is missing or not one cell, expected the protocol's id", None),
    ('reg and unit address differ', virtio('protocol@12 { reg = <0x18>; };'),
     NODE + '/protocol@12', 'reg is <0x18>, expected the name protocol@18', None),
    ('a unit address with a zero before it', virtio('protocol@012 { reg = <0x12>; };'),
     NODE + '/protocol@012', 'reg is <0x12>, expected the name protocol@12', None),
    ('a protocol with another name', virtio('system@12 { reg = <0x12>; };'),
     NODE + '/system@12', 'reg is <0x12>, expected the name protocol@12', None),
    ('a protocol that is there twice, as two', virtio(CLOCK + 'protocol@12 { reg = <0x14>; };'),
     NODE + '/protocol@12', 'reg is <0x14>, expected the name protocol@14', None),
]
