/** Made for the tests after the schemas, shortened to what differs between them. */

export const XML_V11 = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v11.dtd">
<nvidia_smi_log>
	<timestamp>Tue Nov  2 10:11:12 2021</timestamp>
	<driver_version>470.57.02</driver_version>
	<cuda_version>11.4</cuda_version>
	<attached_gpus>1</attached_gpus>
	<gpu id="00000000:3B:00.0">
		<product_name>Tesla V100-SXM2-16GB</product_name>
		<uuid>GPU-old</uuid>
		<fan_speed>N/A</fan_speed>
		<pci>
			<pci_bus_id>00000000:3B:00.0</pci_bus_id>
			<pci_gpu_link_info>
				<pcie_gen><max_link_gen>3</max_link_gen><current_link_gen>3</current_link_gen></pcie_gen>
				<link_widths><max_link_width>16x</max_link_width><current_link_width>16x</current_link_width></link_widths>
			</pci_gpu_link_info>
		</pci>
		<performance_state>P0</performance_state>
		<clocks_throttle_reasons>
			<clocks_throttle_reason_gpu_idle>Active</clocks_throttle_reason_gpu_idle>
			<clocks_throttle_reason_sw_power_cap>Active</clocks_throttle_reason_sw_power_cap>
			<clocks_throttle_reason_hw_slowdown>Not Active</clocks_throttle_reason_hw_slowdown>
		</clocks_throttle_reasons>
		<fb_memory_usage><total>16160 MiB</total><used>3 MiB</used></fb_memory_usage>
		<utilization><gpu_util>12 %</gpu_util><memory_util>[N/A]</memory_util></utilization>
		<ecc_errors><aggregate>
			<single_bit><device_memory>3</device_memory><total>3</total></single_bit>
			<double_bit><total>0</total></double_bit>
		</aggregate></ecc_errors>
		<temperature><gpu_temp>35 C</gpu_temp><gpu_temp_max_threshold>90 C</gpu_temp_max_threshold></temperature>
		<power_readings>
			<power_state>P0</power_state>
			<power_draw>24.31 W</power_draw>
			<power_limit>250.00 W</power_limit>
			<enforced_power_limit>300.00 W</enforced_power_limit>
		</power_readings>
		<clocks><graphics_clock>1290 MHz</graphics_clock><sm_clock>1290 MHz</sm_clock></clocks>
		<max_clocks><sm_clock>1530 MHz</sm_clock></max_clocks>
		<processes>
		</processes>
	</gpu>
</nvidia_smi_log>
`;

export const XML_V12 = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
	<timestamp>Tue Nov  5 10:11:12 2024</timestamp>
	<driver_version>565.57.01</driver_version>
	<attached_gpus>2</attached_gpus>
	<gpu id="00000000:18:00.0">
		<product_name>NVIDIA H100 80GB HBM3</product_name>
		<uuid>GPU-one</uuid>
		<fan_speed>N/A</fan_speed>
		<mig_devices>
			<mig_device>
				<index>0</index>
				<gpu_instance_id>1</gpu_instance_id>
				<fb_memory_usage><total>9984 MiB</total><used>37 MiB</used></fb_memory_usage>
			</mig_device>
		</mig_devices>
		<module_power_readings>
			<power_state>P0</power_state>
			<instant_power_draw>999.00 W</instant_power_draw>
			<average_power_draw>999.00 W</average_power_draw>
			<current_power_limit>1000.00 W</current_power_limit>
		</module_power_readings>
		<clocks_event_reasons>
			<clocks_event_reason_gpu_idle>Not Active</clocks_event_reason_gpu_idle>
			<clocks_event_reason_sw_power_cap>Active</clocks_event_reason_sw_power_cap>
		</clocks_event_reasons>
		<fb_memory_usage><total>81559 MiB</total><reserved>560 MiB</reserved><used>70300 MiB</used><free>10700 MiB</free></fb_memory_usage>
		<ecc_errors><aggregate>
			<sram_correctable>1</sram_correctable>
			<sram_uncorrectable_parity>1</sram_uncorrectable_parity>
			<sram_uncorrectable_secded>1</sram_uncorrectable_secded>
			<dram_correctable>2</dram_correctable>
			<dram_uncorrectable>2</dram_uncorrectable>
		</aggregate></ecc_errors>
		<remapped_rows><remapped_row_corr>0</remapped_row_corr><remapped_row_pending>No</remapped_row_pending></remapped_rows>
		<gpu_power_readings>
			<power_state>P0</power_state>
			<average_power_draw>598.10 W</average_power_draw>
			<instant_power_draw>612.34 W</instant_power_draw>
			<current_power_limit>700.00 W</current_power_limit>
		</gpu_power_readings>
		<processes>
			<process_info><pid>4171</pid><type>C</type><process_name>python3 &amp; co</process_name><used_memory>70211 MiB</used_memory></process_info>
			<process_info><pid>4172</pid><type>C</type><process_name>x</process_name><used_memory>N/A</used_memory></process_info>
		</processes>
	</gpu>
	<gpu id="00000000:2A:00.0">
		<product_name>NVIDIA H100 80GB HBM3</product_name>
		<uuid>GPU-two</uuid>
		<utilization><gpu_util>GPU is lost</gpu_util></utilization>
	</gpu>
</nvidia_smi_log>
`;

export const XML_V13 = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">
<nvidia_smi_log>
	<timestamp>Wed Nov  5 10:11:12 2025</timestamp>
	<driver_version>580.95.05</driver_version>
	<gpu id="00000000:18:00.0">
		<uuid>GPU-new</uuid>
		<accounting_mode>Accounting mode is obsolete. Please see the documentation for what took its place.</accounting_mode>
		<clocks_event_reasons>
			<clocks_event_reason_gpu_idle>Not Active</clocks_event_reason_gpu_idle>
		</clocks_event_reasons>
		<clocks_event_reasons_counters>
			<clocks_event_reasons_counters_sw_power_cap>1234567 us</clocks_event_reasons_counters_sw_power_cap>
			<clocks_event_reasons_counters_hw_thermal_slowdown>0 us</clocks_event_reasons_counters_hw_thermal_slowdown>
		</clocks_event_reasons_counters>
		<temperature>
			<gpu_temp>41 C</gpu_temp>
			<gpu_temp_tlimit>46 C</gpu_temp_tlimit>
			<gpu_temp_max_tlimit_threshold>-8 C</gpu_temp_max_tlimit_threshold>
			<memory_temp>N/A</memory_temp>
		</temperature>
		<gpu_power_readings><instant_power_draw>Not Available</instant_power_draw></gpu_power_readings>
	</gpu>
</nvidia_smi_log>
`;
