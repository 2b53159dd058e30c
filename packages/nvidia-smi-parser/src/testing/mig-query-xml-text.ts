/**
 * Made for the tests after the shape of what newer drivers print of a GPU in MIG mode, beside one that the driver cannot reach: two
 * compute instances of one GPU instance, what MIG does not give, and obsolete elements.
 */
export const XML_MIG = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">
<nvidia_smi_log>
	<timestamp>Thu Jan 15 16:17:18 2026</timestamp>
	<kmd_version>615.12.01</kmd_version>
	<driver_version>Deprecated, see kmd_version</driver_version>
	<cuda_umd_version>13.4</cuda_umd_version>
	<attached_gpus>2</attached_gpus>
	<gpu id="00000000:21:00.0">
		<product_name>NVIDIA H100 80GB HBM3</product_name>
		<display_mode>Requested functionality has been deprecated</display_mode>
		<mig_mode>
			<current_mig>Enabled</current_mig>
			<pending_mig>Enabled</pending_mig>
		</mig_mode>
		<mig_devices>
			<mig_device>
				<index>0</index>
				<gpu_instance_id>2</gpu_instance_id>
				<compute_instance_id>0</compute_instance_id>
				<device_attributes>
					<shared><multiprocessor_count>60</multiprocessor_count></shared>
				</device_attributes>
				<ecc_error_count>
					<volatile_count><sram_uncorrectable>7</sram_uncorrectable></volatile_count>
				</ecc_error_count>
				<fb_memory_usage>
					<total>40448 MiB</total>
					<reserved>0 MiB</reserved>
					<used>2048 MiB</used>
					<free>38400 MiB</free>
				</fb_memory_usage>
				<bar1_memory_usage><total>65535 MiB</total><used>1 MiB</used></bar1_memory_usage>
			</mig_device>
			<mig_device>
				<index>1</index>
				<gpu_instance_id>2</gpu_instance_id>
				<compute_instance_id>1</compute_instance_id>
				<fb_memory_usage><total>40448 MiB</total><used>2048 MiB</used></fb_memory_usage>
			</mig_device>
			<mig_device>
				<index>2</index>
				<gpu_instance_id>13</gpu_instance_id>
				<compute_instance_id>0</compute_instance_id>
				<fb_memory_usage><total>9984 MiB</total><used>[N/A]</used></fb_memory_usage>
			</mig_device>
		</mig_devices>
		<uuid>GPU-mig</uuid>
		<fan_speed>N/A</fan_speed>
		<performance_state>P0</performance_state>
		<fb_memory_usage><total>81559 MiB</total><reserved>560 MiB</reserved><used>2100 MiB</used><free>78899 MiB</free></fb_memory_usage>
		<utilization>
			<gpu_util>N/A</gpu_util>
			<memory_util>N/A</memory_util>
		</utilization>
		<remapped_rows>MIG not supported</remapped_rows>
		<temperature><gpu_temp>38 C</gpu_temp><gpu_temp_tlimit>45 C</gpu_temp_tlimit></temperature>
		<gpu_power_readings>
			<average_power_draw>131.02 W</average_power_draw>
			<instant_power_draw>130,5 W</instant_power_draw>
			<current_power_limit>700.00 W</current_power_limit>
		</gpu_power_readings>
		<gpu_memory_power_readings>
			<average_power_draw>40.00 W</average_power_draw>
			<instant_power_draw>41.00 W</instant_power_draw>
		</gpu_memory_power_readings>
		<clocks><sm_clock>1980 MHz</sm_clock></clocks>
		<applications_clocks>
			<graphics_clock>Requested functionality has been deprecated</graphics_clock>
		</applications_clocks>
		<processes>
			<process_info>
				<gpu_instance_id>2</gpu_instance_id>
				<compute_instance_id>1</compute_instance_id>
				<pid>5001</pid>
				<type>C</type>
				<process_name>[Not Found]</process_name>
				<used_memory>1990 MiB</used_memory>
			</process_info>
		</processes>
	</gpu>
	<gpu id="00000000:22:00.0">
		<product_name>GPU access blocked by the operating system</product_name>
		<uuid>GPU-blocked</uuid>
		<temperature><gpu_temp>GPU is inaccessible</gpu_temp></temperature>
		<clocks><sm_clock>The requested functionality has been deprecated.</sm_clock></clocks>
		<processes>GPU access blocked by the operating system</processes>
	</gpu>
</nvidia_smi_log>
`;
