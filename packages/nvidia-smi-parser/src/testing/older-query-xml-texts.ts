/** Made for the tests after the shape of what older drivers print, with the neighbours that have a metric's name but are none. */

export const XML_V9 = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v9.dtd">
<nvidia_smi_log>
	<timestamp>Mon Mar  5 04:05:06 2018</timestamp>
	<driver_version>390.30</driver_version>
	<attached_gpus>2</attached_gpus>
	<gpu id="00000000:05:00.0">
		<product_name>Tesla P40</product_name>
		<product_brand>Tesla</product_brand>
		<persistence_mode>Enabled</persistence_mode>
		<accounting_mode_buffer_size>4000</accounting_mode_buffer_size>
		<driver_model>
			<current_dm>N/A</current_dm>
			<pending_dm>N/A</pending_dm>
		</driver_model>
		<uuid>GPU-nine</uuid>
		<minor_number>0</minor_number>
		<gpu_virtualization_mode>
			<virtualization_mode>None</virtualization_mode>
		</gpu_virtualization_mode>
		<pci>
			<pci_bus>05</pci_bus>
			<pci_device_id>1B3810DE</pci_device_id>
			<pci_bus_id>00000000:05:00.0</pci_bus_id>
			<pci_gpu_link_info>
				<pcie_gen>
					<max_link_gen>3</max_link_gen>
					<current_link_gen>1</current_link_gen>
				</pcie_gen>
				<link_widths>
					<max_link_width>16x</max_link_width>
					<current_link_width>8x</current_link_width>
				</link_widths>
			</pci_gpu_link_info>
			<replay_counter>2</replay_counter>
			<tx_util>1000 KB/s</tx_util>
			<rx_util>2000 KB/s</rx_util>
		</pci>
		<fan_speed>N/A</fan_speed>
		<performance_state>P8</performance_state>
		<clocks_throttle_reasons>
			<clocks_throttle_reason_gpu_idle>Active</clocks_throttle_reason_gpu_idle>
			<clocks_throttle_reason_sw_power_cap>Not Active</clocks_throttle_reason_sw_power_cap>
			<clocks_throttle_reason_hw_slowdown>Not Active</clocks_throttle_reason_hw_slowdown>
			<clocks_throttle_reason_hw_thermal_slowdown>N/A</clocks_throttle_reason_hw_thermal_slowdown>
			<clocks_throttle_reason_hw_power_brake_slowdown>N/A</clocks_throttle_reason_hw_power_brake_slowdown>
			<clocks_throttle_reason_display_clocks_setting>Active</clocks_throttle_reason_display_clocks_setting>
		</clocks_throttle_reasons>
		<fb_memory_usage>
			<total>22919 MiB</total>
			<used>10 MiB</used>
			<free>22909 MiB</free>
		</fb_memory_usage>
		<bar1_memory_usage>
			<total>32768 MiB</total>
			<used>2 MiB</used>
			<free>32766 MiB</free>
		</bar1_memory_usage>
		<utilization>
			<gpu_util>7 %</gpu_util>
			<memory_util>3 %</memory_util>
			<encoder_util>0 %</encoder_util>
			<decoder_util>0 %</decoder_util>
		</utilization>
		<ecc_errors>
			<volatile>
				<single_bit><device_memory>9</device_memory><total>9</total></single_bit>
				<double_bit><device_memory>8</device_memory><total>8</total></double_bit>
			</volatile>
			<aggregate>
				<single_bit><device_memory>4</device_memory><register_file>N/A</register_file><total>4</total></single_bit>
				<double_bit><device_memory>1</device_memory><register_file>N/A</register_file><total>1</total></double_bit>
			</aggregate>
		</ecc_errors>
		<retired_pages>
			<multiple_single_bit_retirement>
				<retired_count>0</retired_count>
				<retired_page_addresses>
				</retired_page_addresses>
			</multiple_single_bit_retirement>
			<pending_retirement>No</pending_retirement>
		</retired_pages>
		<temperature>
			<gpu_temp>33 C</gpu_temp>
			<gpu_temp_max_threshold>95 C</gpu_temp_max_threshold>
			<memory_temp>N/A</memory_temp>
		</temperature>
		<power_readings>
			<power_state>P8</power_state>
			<power_management>Supported</power_management>
			<power_draw>10.81 W</power_draw>
			<power_limit>250.00 W</power_limit>
			<default_power_limit>250.00 W</default_power_limit>
			<enforced_power_limit>200.00 W</enforced_power_limit>
			<min_power_limit>125.00 W</min_power_limit>
		</power_readings>
		<clocks>
			<graphics_clock>544 MHz</graphics_clock>
			<sm_clock>544 MHz</sm_clock>
			<mem_clock>405 MHz</mem_clock>
		</clocks>
		<applications_clocks>
			<graphics_clock>1303 MHz</graphics_clock>
			<mem_clock>3615 MHz</mem_clock>
		</applications_clocks>
		<max_clocks>
			<sm_clock>1531 MHz</sm_clock>
			<mem_clock>3615 MHz</mem_clock>
		</max_clocks>
		<supported_clocks>
			<supported_mem_clock>
				<value>3615 MHz</value>
				<supported_graphics_clock>1531 MHz</supported_graphics_clock>
				<supported_graphics_clock>1518 MHz</supported_graphics_clock>
			</supported_mem_clock>
		</supported_clocks>
		<processes>
		</processes>
	</gpu>
	<gpu id="00000000:06:00.0">
		<product_name>Tesla P40</product_name>
		<uuid>GPU-nine-b</uuid>
		<fan_speed>ERR!</fan_speed>
		<performance_state>[Unknown Error]</performance_state>
		<temperature><gpu_temp>Unknown Error</gpu_temp></temperature>
		<power_readings>
			<power_draw>Unknown Error</power_draw>
			<enforced_power_limit>Unknown Error</enforced_power_limit>
		</power_readings>
		<clocks><sm_clock>[GPU requires reset]</sm_clock></clocks>
	</gpu>

</nvidia_smi_log>
`;

export const XML_V10 = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v10.dtd">
<nvidia_smi_log>
	<timestamp>Sat Feb  1 20:21:22 2020</timestamp>
	<driver_version>440.64</driver_version>
	<cuda_version>10.2</cuda_version>
	<attached_gpus>1</attached_gpus>
	<gpu id="00000000:0A:00.0">
		<product_name>GeForce RTX 2080</product_name>
		<uuid>GPU-ten</uuid>
		<ibmnpu>
			<relaxed_ordering_mode>N/A</relaxed_ordering_mode>
		</ibmnpu>
		<pci>
			<pci_bus_id>00000000:0A:00.0</pci_bus_id>
			<pci_gpu_link_info>
				<pcie_gen><max_link_gen>3</max_link_gen><current_link_gen>3</current_link_gen></pcie_gen>
				<link_widths><max_link_width>16x</max_link_width><current_link_width>16x</current_link_width></link_widths>
			</pci_gpu_link_info>
			<replay_counter>0</replay_counter>
			<replay_rollover_counter>0</replay_rollover_counter>
		</pci>
		<fan_speed>41 %</fan_speed>
		<performance_state>P2</performance_state>
		<clocks_throttle_reasons>
			<clocks_throttle_reason_gpu_idle>Not Active</clocks_throttle_reason_gpu_idle>
			<clocks_throttle_reason_sw_power_cap>Active</clocks_throttle_reason_sw_power_cap>
			<clocks_throttle_reason_sw_thermal_slowdown>Active</clocks_throttle_reason_sw_thermal_slowdown>
		</clocks_throttle_reasons>
		<fb_memory_usage><total>7982 MiB</total><used>7301 MiB</used><free>681 MiB</free></fb_memory_usage>
		<utilization><gpu_util>98 %</gpu_util><memory_util>55 %</memory_util></utilization>
		<fbc_stats><session_count>0</session_count></fbc_stats>
		<ecc_mode><current_ecc>N/A</current_ecc></ecc_mode>
		<ecc_errors><aggregate>
			<single_bit><cbu>N/A</cbu><total>N/A</total></single_bit>
			<double_bit><cbu>N/A</cbu><total>N/A</total></double_bit>
		</aggregate></ecc_errors>
		<temperature><gpu_temp>71 C</gpu_temp><memory_temp>N/A</memory_temp></temperature>
		<power_readings>
			<power_draw>214.77 W</power_draw>
			<power_limit>215.00 W</power_limit>
			<enforced_power_limit>215.00 W</enforced_power_limit>
		</power_readings>
		<clocks><sm_clock>1755 MHz</sm_clock><mem_clock>6800 MHz</mem_clock></clocks>
		<supported_clocks>N/A</supported_clocks>
		<processes>
			<process_info>
				<pid>2211</pid>
				<type>G</type>
				<process_name>/usr/bin/shell --log-file=&lt;none&gt;</process_name>
				<used_memory>118 MiB</used_memory>
			</process_info>
			<process_info>
				<pid>3322</pid>
				<type>C</type>
				<process_name>python</process_name>
				<used_memory>7171 MiB</used_memory>
			</process_info>
		</processes>
		<accounted_processes>
		</accounted_processes>
	</gpu>

</nvidia_smi_log>
`;
