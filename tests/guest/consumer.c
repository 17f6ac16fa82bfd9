/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A clock consumer for the guest test: holds one clock of the device tree enabled, and
 * shows its rate as a device attribute. Reading asks the kernel's clock framework,
 * writing changes the rate through it, as any driver would. Built against the guest's
 * kernel, never a part of vscmi.
 */
#include <linux/clk.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/sysfs.h>

static ssize_t rate_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", clk_get_rate(dev_get_drvdata(dev)));
}

static ssize_t rate_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	unsigned long rate_hz;
	int ret = kstrtoul(buf, 0, &rate_hz);

	if (!ret)
		ret = clk_set_rate(dev_get_drvdata(dev), rate_hz);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(rate);

static struct attribute *consumer_attrs[] = { &dev_attr_rate.attr, NULL };
ATTRIBUTE_GROUPS(consumer);

static int consumer_probe(struct platform_device *pdev)
{
	struct clk *clk = devm_clk_get_enabled(&pdev->dev, NULL);

	if (IS_ERR(clk))
		return dev_err_probe(&pdev->dev, PTR_ERR(clk), "no clock\n");
	platform_set_drvdata(pdev, clk);
	return 0;
}

static const struct of_device_id consumer_of_match[] = {
	{ .compatible = "vscmi,clock-consumer" },
	{ /* the end */ },
};
MODULE_DEVICE_TABLE(of, consumer_of_match);

static struct platform_driver consumer_driver = {
	.probe = consumer_probe,
	.driver = {
		.name = "clock-consumer",
		.of_match_table = consumer_of_match,
		.dev_groups = consumer_groups,
	},
};
module_platform_driver(consumer_driver);

MODULE_DESCRIPTION("Clock consumer of the vscmi guest test");
MODULE_LICENSE("Dual BSD/GPL");
